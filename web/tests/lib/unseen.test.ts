import { MutationObserver, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { tellUnseen } from "@/lib/unseen";

/** As a page's component asks: something that fails once `fail` is called, and who looks at it. */
function asking(more: { onError?: () => void } = {}) {
  const client = new QueryClient();
  const told: string[] = [];
  tellUnseen(client.getMutationCache(), ({ message }) => told.push(message));
  const fails: (() => void)[] = [];
  const observer = new MutationObserver(client, {
    mutationFn: (name: string) =>
      new Promise((_, reject) => fails.push(() => reject(new Error(name)))),
    ...more,
  });
  const close = observer.subscribe(() => undefined);
  const ask = (name: string) => observer.mutate(name).catch(() => undefined);
  return { told, fails, ask, close };
}

test("what fails while its form is open is left to the form", async () => {
  const { told, fails, ask } = asking();
  const asked = ask("saving");
  await expect.poll(() => fails.length).toBe(1);
  fails[0]?.();
  await asked;
  expect(told).toEqual([]);
});

test("what fails after its form was closed is told of", async () => {
  const { told, fails, ask, close } = asking();
  const asked = ask("deleting");
  await expect.poll(() => fails.length).toBe(1);
  close();
  fails[0]?.();
  await asked;
  expect(told).toEqual(["deleting"]);
});

test("what fails after its form asked for something else is told of", async () => {
  const { told, fails, ask } = asking();
  const asked = [ask("the first"), ask("the second")];
  await expect.poll(() => fails.length).toBe(2);
  for (const fail of fails) fail();
  await Promise.all(asked);
  expect(told).toEqual(["the first"]);
});

test("what tells of its failures itself is not told of twice", async () => {
  const { told, fails, ask, close } = asking({ onError: () => undefined });
  const asked = ask("renaming");
  await expect.poll(() => fails.length).toBe(1);
  close();
  fails[0]?.();
  await asked;
  expect(told).toEqual([]);
});
