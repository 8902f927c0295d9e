/** Links from the pages to other files of the repository lead to the repository. */
import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

const repository = "https://github.com/onnx-lrp/onnx-lrp/blob/main/";

export function repositoryLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("repository-links", ({ tokens, env }) => {
    const page: string = env.relativePath ?? "";
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        const href = token.type === "link_open" ? token.attrGet("href") : null;
        if (href === null || /^([a-z]+:|#|\/)/i.test(href)) continue;
        const path = posix.normalize(posix.join("docs", posix.dirname(page), href));
        if (!path.startsWith("docs/")) token.attrSet("href", repository + path);
        else if (/\.(json|py|ts)$/.test(path)) token.attrSet("href", repository + path);
      }
    }
  });
}
