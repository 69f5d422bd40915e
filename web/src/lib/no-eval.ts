// zod, which the AI SDK brings, tries whether it may write code as it goes. It may not, and the
// browser reports the try to the console each time.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
