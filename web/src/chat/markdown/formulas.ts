import "katex/dist/katex.min.css";
import { createMathPlugin } from "@streamdown/math";

export const formulas = createMathPlugin({ errorColor: "currentColor" });
