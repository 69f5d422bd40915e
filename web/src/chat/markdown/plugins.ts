import { useEffect, useState } from "react";
import type { PluginConfig } from "streamdown";

/** Highlighting and formulas are large: they come with the first answer that has some. */
const PARTS = [
  {
    needed: /```|~~~/,
    load: () => import("./highlighting").then(({ highlighter }) => ({ code: highlighter })),
  },
  {
    needed: /\$\$|\\\[|\\\(/,
    load: () => import("./formulas").then(({ formulas }) => ({ math: formulas })),
  },
];

let loaded: PluginConfig = {};

/** Until they are there the text stands plain, as it does for a moment anyway. */
export function usePlugins(text: string): PluginConfig {
  const [plugins, setPlugins] = useState(loaded);
  const needed = PARTS.map((part) => (part.needed.test(text) ? "1" : "0")).join("");
  useEffect(() => {
    const wanted = PARTS.filter((_, index) => needed[index] === "1");
    if (wanted.length === 0) return;
    void Promise.all(wanted.map(({ load }) => load())).then((parts) => {
      const all = Object.assign({}, loaded, ...parts) as PluginConfig;
      if (all.code !== loaded.code || all.math !== loaded.math) loaded = all;
      setPlugins(loaded);
    });
  }, [needed]);
  return plugins;
}
