/** The option --feed: values of a network's other inputs. */

import type { FeedSources } from "@onnx-lrp/network/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";

/**
 * @param texts NAME=NUMBER or NAME=FILE.npy, one for each input
 * @throws UserError `usage` for another form or an input that is fed twice
 */
export function parseFeeds(texts: readonly string[]): FeedSources {
  const feeds = new Map<string, number | string>();
  for (const text of texts) {
    const at = text.lastIndexOf("=");
    const [name, value] = [text.slice(0, at), text.slice(at + 1).trim()];
    if (at < 1 || value === "") {
      throw new UserError("usage", `--feed must be NAME=NUMBER or NAME=FILE.npy; got "${text}".`, {
        subject: { option: "feed", value: text },
      });
    }
    if (feeds.has(name)) {
      throw new UserError("usage", `--feed gives the input "${name}" two values.`, {
        subject: { option: "feed", value: name },
      });
    }
    feeds.set(name, Number.isFinite(Number(value)) ? Number(value) : value);
  }
  return Object.fromEntries(feeds);
}
