// What a key may see and do: roles in order, and the extensions within its scope (design.md §5,
// "Access"). Pure. What a key may not see is left out silently, or is as if it were not there.
import { ROLES, type ApiKey, type Role } from "./keys.ts";

/** Whether the role is `needed` or one above it. */
export function hasRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The roles that may do what needs `needed`. */
export function rolesFrom(needed: Role): readonly Role[] {
  return ROLES.slice(ROLES.indexOf(needed));
}

/** Whether something of this extension is within the scope; null = of no known extension. */
export function maySee(key: ApiKey, extension: string | null): boolean {
  if (key.extensions === null) return true;
  return extension !== null && key.extensions.includes(extension);
}

/** The scope as the catalog's search takes it. */
export function scopeQuery(key: ApiKey): { readonly extensions?: readonly string[] } {
  return key.extensions === null ? {} : { extensions: key.extensions };
}
