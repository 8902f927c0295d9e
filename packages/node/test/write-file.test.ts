import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { writeError, writeFileWhole } from "../src/write-file.ts";
import { temporaryFolder } from "./shared.ts";

const atExit = vi.hoisted(() => new Set<() => void>());
// The library runs these when the process ends; here the test does.
vi.mock("signal-exit", () => ({
  onExit: (run: () => void) => {
    atExit.add(run);
    return () => atExit.delete(run);
  },
}));

const bytes = Uint8Array.of(1, 2, 3);

test("a file is written, with the folders on its way, and replaces an older one", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "new", "deep", "file.bin");
  await writeFileWhole(path, new Uint8Array(100));
  await chmod(path, 0o600);
  await writeFileWhole(path, bytes);
  expect([...(await readFile(path))]).toEqual([1, 2, 3]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, "new", "deep"))).toEqual(["file.bin"]);
});

test("a symbolic link stays one", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "file"), "old");
  await symlink(join(folder, "file"), join(folder, "link"));
  await writeFileWhole(join(folder, "link"), bytes);
  expect([...(await readFile(join(folder, "file")))]).toEqual([1, 2, 3]);
});

test.skipIf(process.platform === "win32")("a device is written to and stays one", async () => {
  await writeFileWhole("/dev/null", bytes);
  expect((await stat("/dev/null")).isCharacterDevice()).toBe(true);
});

test("a failure leaves nothing behind and names the path", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "taken"));
  await writeFile(join(folder, "plain"), "old");
  await expect(writeFileWhole(join(folder, "taken"), bytes)).rejects.toMatchObject({
    kind: "output",
    message: expect.stringMatching(/taken" is a folder/),
  });
  await expect(writeFileWhole(join(folder, "plain", "file"), bytes)).rejects.toThrow(
    /is a file and not a folder/,
  );
  await expect(writeFileWhole(join(folder, "x".repeat(300)), bytes)).rejects.toThrow(/too long/);
  // Something the file system takes no bytes from: the temporary file is open when it fails.
  const broken: Uint8Array = Object.create(Uint8Array.prototype);
  await expect(writeFileWhole(join(folder, "broken"), broken)).rejects.toMatchObject({ kind: "output" });
  expect((await readdir(folder)).sort()).toEqual(["plain", "taken"]);
  expect(await readFile(join(folder, "plain"), "utf8")).toBe("old");
});

test.each([
  ["EACCES", /permissions of "out.map.png" do not allow/],
  ["ENOSPC", /no space left/],
  ["EROFS", /file system that cannot be written/],
  ["EIO", /cannot be written \(broken disk\)/],
])("%s is told in a sentence", (code, message) => {
  const { message: sentence } = writeError("out/map.png", Object.assign(new Error("broken disk"), { code }));
  expect(sentence).toMatch(message);
  expect(sentence).toContain('"out/map.png"');
});

test("the end of the process, by a signal too, removes a file half written", async () => {
  const folder = await temporaryFolder();
  const writing = writeFileWhole(join(folder, "big"), new Uint8Array(64 * 2 ** 20)).catch(() => "gone");
  while ((await readdir(folder)).length === 0) await new Promise((soon) => setImmediate(soon));
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^big\..*\.tmp$/)]);
  for (const atEnd of atExit) atEnd();
  expect(await readdir(folder)).toEqual([]);
  expect(await writing).toBe("gone");
  expect(atExit.size).toBe(0);
});
