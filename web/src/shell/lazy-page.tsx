import { type ComponentType, type ReactElement, use } from "react";

const RELOADED = "holdfast.reloaded";
/** Reloads once in this time: a deployment that lacks a file lacks it the second time, too. */
const MINUTE = 60_000;

/** What a page's chunk failed with, until somebody tries again. */
const failures = new Map<object, unknown>();

/** Forgets what failed, so that the next look asks for it again. */
export function forgetFailures(): void {
  failures.clear();
}

type Page = (() => ReactElement) & { preload: () => Promise<void> };

/**
 * A page whose code comes when it is first gone to. Without a network, or with the server away, the
 * app stays as it is and says so: loading the whole page anew would only lose what it holds.
 */
export function lazyPage<K extends string>(
  load: () => Promise<{ [name in K]: ComponentType }>,
  name: K,
): Page {
  let found: ComponentType | undefined;
  let asked: Promise<void> | undefined;
  const ask = () => {
    asked ??= load()
      .then((module) => {
        found = module[name];
      })
      .catch(async (error: unknown) => {
        await followDeployment();
        failures.set(load, error);
      })
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  const shown = () => {
    if (!found) {
      if (failures.has(load)) throw failures.get(load);
      use(ask());
    }
    const Found = found as ComponentType;
    return <Found />;
  };
  return Object.assign(shown, { preload: ask });
}

/** A server that answers, but not with this file, has a newer app. */
async function followDeployment(): Promise<void> {
  const answers = await fetch("/healthz").then(
    ({ ok }) => ok,
    () => false,
  );
  const before = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (!answers || Date.now() - before < MINUTE) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
  await new Promise(() => undefined);
}
