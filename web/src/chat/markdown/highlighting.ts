import { createCodePlugin } from "@streamdown/code";
import { THEMES } from "./themes";

export const highlighter = createCodePlugin({ themes: THEMES });
