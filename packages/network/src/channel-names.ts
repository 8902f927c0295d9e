import type { KnownNetwork } from "./known-network.ts";

/** Names of the input's channels, or of its features, where somebody gives as many as there are. */
export function channelNames({ picture, description }: KnownNetwork): readonly string[] | undefined {
  const features = picture.channels === 1 ? picture.width : undefined;
  return description.channels.find(
    ({ value }) => value.length === picture.channels || value.length === features,
  )?.value;
}
