/** The option --feed: values of a network's other inputs. */
import type { Feed, Feeds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";

/**
 * @param texts NAME=NUMBER or NAME=FILE.npy, one for each input
 * @throws UserError `usage` for another form or an input that is fed twice, `input` for a file that cannot be read
 */
export async function readFeeds(texts: readonly string[]): Promise<Feeds> {
  const feeds = new Map<string, Feed>();
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
    feeds.set(name, Number.isFinite(Number(value)) ? Number(value) : await readFeed(name, value));
  }
  return Object.fromEntries(feeds);
}

async function readFeed(name: string, path: string): Promise<Feed> {
  const { isArrayFile, readArrayFor, toFloat32 } = await import("@onnx-lrp/node");
  if (!isArrayFile(path)) {
    throw new UserError(
      "usage",
      `--feed ${name}=${path}: the value is neither a number nor an array file (.npy, .npz).`,
      { subject: { option: "feed", value: name } },
    );
  }
  const { shape, data } = await readArrayFor(name, path);
  return { data: toFloat32(data), shape };
}
