import { expect, test } from "vitest";
import { toTile } from "../src/tile.ts";

test("a picture too large for a tile is shrunk", async () => {
  const { width, height, rgb } = await toTile(
    { width: 1024, height: 256, rgb: new Uint8Array(1024 * 256 * 3).fill(77) },
    "smooth",
  );
  expect([width, height]).toEqual([512, 128]);
  expect(new Set(rgb)).toEqual(new Set([77]));
});
