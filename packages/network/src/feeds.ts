/** Values of a network's other inputs, as a caller gives them. */
import type { Feed, Feeds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";

/** By the input's name: a number, an array, or the path of an array file (.npy, .npz). */
export type FeedSources = Readonly<Record<string, Feed | string>>;

/** @throws UserError `usage` for a path that is no array file, `input` for a file that cannot be read */
export async function readFeeds(sources: FeedSources): Promise<Feeds> {
  const feeds = new Map<string, Feed>();
  for (const [name, source] of Object.entries(sources)) {
    feeds.set(name, typeof source === "string" ? await readFeed(name, source) : source);
  }
  return Object.fromEntries(feeds);
}

async function readFeed(name: string, path: string): Promise<Feed> {
  const { readArrayFor } = await import("@onnx-lrp/node/internal");
  const { isArrayFile, toFloat32 } = await import("@onnx-lrp/pictures/internal");
  if (!isArrayFile(path)) {
    throw new UserError(
      "usage",
      `The value "${path}" of the input "${name}" is neither a number nor an array file (.npy, .npz).`,
      { subject: { option: "feed", value: name } },
    );
  }
  const { shape, data } = await readArrayFor(name, path);
  return { data: toFloat32(data), shape };
}
