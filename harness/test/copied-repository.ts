// Where tests look for it; the proof by planted bugs uses it too.
export * from "../src/planted/copied-repository.ts";
