/** The frame of a self-contained page: it loads nothing, which its content security policy also forbids. */
import { escaped } from "../svg.ts";
import { fontFaces } from "../text.ts";

export interface PageParts {
  readonly title: string;
  readonly style: string;
  readonly body: string;
  /** What the script reads, under `data`. */
  readonly data?: unknown;
  readonly script?: string | undefined;
}

export function page({ title, style, body, data, script }: PageParts): string {
  const policy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:";
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title)}</title>`,
    `<style>${fontFaces()}${baseStyle}${style}</style>`,
    "</head>",
    "<body>",
    body,
    ...(data === undefined ? [] : [`<script type="application/json" id="data">${jsonInPage(data)}</script>`]),
    ...(script === undefined ? [] : [`<script>${script}</script>`]),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A file's bytes where an address is expected. */
export function dataUri(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${base64(bytes)}`;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Escaped, so that nothing in it can end the element that contains it. */
function jsonInPage(data: unknown): string {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

/** Colours and type of all pages. */
const baseStyle = `
:root{--page:#fff;--panel:#f5f6f8;--line:#dcdfe4;--ink:#1d2129;--small:#5b6472;--accent:#1f5fd0;--on-accent:#fff;--refused:#eceef1}
@media (prefers-color-scheme:dark){:root{--page:#15181d;--panel:#1e2229;--line:#353b45;--ink:#e8eaee;--small:#a3abb8;--accent:#8ab2ff;--on-accent:#10141a;--refused:#262b33}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.45 "PT Sans",system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
header,main,footer{max-width:1680px;margin:0 auto;padding:0 32px}
header{padding-top:28px}
footer{padding-bottom:40px}
h1{font-size:28px;line-height:1.2;margin:0 0 8px}
h2{font-size:21px;line-height:1.25;margin:36px 0 4px}
h3{font-size:17px;line-height:1.3;margin:0 0 10px}
h1,h2,h3,p,figcaption,td,th,dd{overflow-wrap:anywhere}
p{margin:0 0 8px}
.small{color:var(--small);font-size:14px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media (max-width:700px){header,main,footer{padding-left:16px;padding-right:16px}header{padding-top:18px}h1{font-size:23px}}
`;
