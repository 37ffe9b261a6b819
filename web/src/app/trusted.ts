// The only Trusted Types policy. It lets workers start from our own assets and refuses every
// string that would become HTML or script. It must be made before anything else runs.

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;

factory?.createPolicy("default", {
  createScriptURL(url) {
    const whole = new URL(url, location.origin);
    const own = whole.origin === location.origin && whole.pathname.startsWith("/assets/");
    if (!own) throw new TypeError(`a script from ${whole.origin}${whole.pathname} is not allowed`);
    return url;
  },
});
