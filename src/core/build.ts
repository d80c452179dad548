/**
 * By what a build is known: the part of a bundled file's name that stands for what it and all that it imports hold. Null where
 * it cannot be told so, as when run from its sources: `core/ports/loaded-build.ts` looks at those. `url` is `import.meta.url` of the module that asks, which
 * must import all that the answer vouches for.
 */
export const buildOf = (url: string): string | null => /-([A-Z0-9]{8})\.js$/.exec(url)?.[1] ?? null
