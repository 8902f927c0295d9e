/** The networks and pictures that come with the page. */

interface ShippedNetwork {
  readonly name: string;
  readonly title: string;
  readonly task: "classify" | "detect" | "segment";
  readonly bytes: number;
}

export interface Shipped {
  readonly networks: readonly ShippedNetwork[];
  /** Names of pictures, without `.png`. */
  readonly pictures: readonly string[];
}

declare const __SHIPPED__: Shipped;

/** Written into the page when it is built (vite.config.ts). */
export const shipped: Shipped = __SHIPPED__;

export function pictureAddress(name: string): string {
  return `./pictures/${name}.png`;
}

/** @throws Error where the file cannot be fetched: offline, say */
export async function fetchFile(address: string, name: string): Promise<File> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} cannot be fetched (${response.status}).`);
  return new File([await response.blob()], name);
}
