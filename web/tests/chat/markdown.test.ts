import type { ElementContent } from "hast";
import { describe, expect, test } from "vitest";
import { marksOf, pieces } from "@/chat/markdown/citations";
import { withDollars } from "@/chat/markdown/delimiters";
import { namesTarget, safeAddress, shownTarget } from "@/chat/markdown/links";

const shown = (found: ElementContent[]) =>
  found.map((one) =>
    one.type === "text" ? one.value : one.type === "element" ? one.properties.mark : null,
  );

describe("citation marks", () => {
  test.each([
    ["Seven words [1].", ["Seven words ", 1, "."]],
    ["[1][2]", [1, 2]],
    ["both [1, 12] say so", ["both ", 1, 12, " say so"]],
    ["no [x] and no [1234]", ["no [x] and no [1234]"]],
    ["", []],
  ])("in %j", (text, expected) => {
    expect(shown(pieces(text))).toEqual(expected);
  });

  test("are known without drawing", () => {
    expect(marksOf("a [2] b [1, 3] c [2]")).toEqual(new Set([2, 1, 3]));
  });
});

describe("links of answers", () => {
  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://example.com/x",
    "/c/somewhere",
    "//example.com",
    "",
  ])("%j leads nowhere", (address) => {
    expect(safeAddress(address)).toBeNull();
  });

  test("say where they lead", () => {
    const url = safeAddress("https://example.com:8443/a?b#c");
    expect(url && shownTarget(url)).toBe("example.com:8443");
    const mail = safeAddress("mailto:a@example.com");
    expect(mail && shownTarget(mail)).toBe("a@example.com");
  });

  test.each([
    ["https://k.com/x", "https://k.com/x", true],
    ["HTTP://k.com", "http://k.com/", true],
    ["k.com", "https://k.com/x", true],
    ["k.com/x?y#z", "https://k.com/other", true],
    ["k.com:8443/x", "https://k.com:8443/x", true],
    ["a@k.com", "mailto:a@k.com", true],
    ["mailto:a@k.com", "mailto:a@k.com", true],
    ["", "https://k.com/x", false],
    ["the bank", "https://k.com/x", false],
    // It holds the host, or begins with its letters, and names another place.
    ["https://www.bank.com/login", "https://k.com/x", false],
    ["https://www.bank.com/?from=k.com", "https://k.com/x", false],
    ["k.com.bank.example", "https://k.com/x", false],
    ["k.community", "https://k.com/x", false],
    ["k.com:8443", "https://k.com/x", false],
    ["https://www.bank.com@k.com/", "https://www.bank.com@k.com/", false],
    ["k.com@bank.example", "https://k.com/x", false],
    ["bank@bank.example, or a@k.com", "mailto:a@k.com", false],
  ])("with the words %j to %j need no more: %j", (words, address, enough) => {
    const url = safeAddress(address);
    expect(url && namesTarget(words, url)).toBe(enough);
  });
});

describe("formulas", () => {
  test("are marked as Markdown marks them", () => {
    expect(withDollars("so \\(x^2\\) is")).toBe("so $$x^2$$ is");
    expect(withDollars("\\[ a + b \\]")).toBe("\n$$\na + b\n$$\n");
  });

  test("are left alone in code", () => {
    const code = "`\\(x\\)` and\n```tex\n\\[y\\]\n```";
    expect(withDollars(code)).toBe(code);
  });
});
