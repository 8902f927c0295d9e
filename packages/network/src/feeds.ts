/** Values of a network's other inputs, as a caller gives them. */
import type { Feed, Feeds } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { kindOf } from "./picture-source.ts";
import type { Platform } from "./platform.ts";

/** By the input's name: a number, an array, or the path of an array file (.npy, .npz). */
export type FeedSources = Readonly<Record<string, Feed | string>>;

/** @throws UserError `usage` for a path that is no array file, `input` for a file that cannot be read */
export async function readFeeds(platform: Platform, sources: FeedSources): Promise<Feeds> {
  const feeds = new Map<string, Feed>();
  for (const [name, source] of Object.entries(sources)) {
    feeds.set(name, typeof source === "string" ? await readFeed(platform, name, source) : source);
  }
  return Object.fromEntries(feeds);
}

async function readFeed(platform: Platform, name: string, path: string): Promise<Feed> {
  const { toFloat32 } = await import("@onnx-lrp/pictures/internal");
  if (kindOf(path) !== "tensor") {
    throw new UserError(
      "usage",
      `The value "${path}" of the input "${name}" is neither a number nor an array file (.npy, .npz).`,
      { subject: { option: "feed", value: name } },
    );
  }
  const { shape, data } = await platform.readArray(name, path);
  return { data: toFloat32(data), shape };
}
