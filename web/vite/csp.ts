import type { Plugin } from "vite";

/** Libraries that write a <style> element at run time, which `style-src 'self'` refuses. */
const INJECTORS = [
  {
    // sonner: its styles are imported as a file instead (src/components/ui/toast.tsx).
    file: /\/sonner\/dist\/index\.mjs$/,
    from: "if (!code || typeof document == 'undefined') return",
    to: "return",
  },
  {
    // Radix's scroll lock: the same rules, in a constructed sheet, which needs no inline style.
    file: /\/react-style-singleton\/dist\/[^/]+\/singleton\.js$/,
    from: /[\s\S]*/,
    to: `export function stylesheetSingleton() {
  let users = 0;
  const sheet = new CSSStyleSheet();
  return {
    add(css) {
      if (users++ > 0) return;
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    },
    remove() {
      if (--users > 0) return;
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    },
  };
}
`,
  },
];

/** Make them do without; the build fails when a library has changed and this no longer fits. */
export function withoutInlineStyles(): Plugin {
  return {
    name: "holdfast:without-inline-styles",
    enforce: "pre",
    transform(code, id) {
      const found = INJECTORS.find(({ file }) => file.test(id.split("?")[0] ?? id));
      if (!found) return null;
      const changed = code.replace(found.from, found.to);
      if (changed === code) this.error(`${id} no longer injects styles as it did`);
      return { code: changed, map: null };
    },
  };
}
