// Placeholder until built.
export async function bench(_: unknown): Promise<{ figures: Record<string, unknown>; problems: string[] }> { return { figures: {}, problems: [] }; }
