import { useEffect } from "react";
import { currentSpace, currentUser } from "@/lib/credentials";
import { useSession, useSpace } from "@/lib/session";
import { relist } from "./lists";
import { backoff, pause } from "./network";
import { unfinished } from "./outbox";
import { Outgoing } from "./outgoing";
import { tellTabs } from "./tabs";
import { isHere } from "./use-conversation";

/** What pages that are gone left in conversations that nobody looks at: it goes all the same. One
 * whose first message waits is in no list, and would never be looked at again. */
async function sendLeft(user: string, space: string): Promise<void> {
  const same = () => currentUser() === user && currentSpace() === space;
  for (let attempt = 1; same(); attempt += 1) {
    const waiting = await unfinished((one) => one.user === user && one.space === space);
    const apart = waiting.filter((id) => !isHere(id));
    const gone = await Promise.all(apart.map((id) => (same() ? sendOne(id, user) : true)));
    if (gone.every((one) => one)) return;
    await pause(backoff(attempt));
  }
}

async function sendOne(id: string, user: string): Promise<boolean> {
  const outgoing = new Outgoing(id, user, () => undefined);
  await outgoing.takeUp();
  return outgoing.flush(() => {
    tellTabs(id);
    relist();
  }, false);
}

/** When the app is there, or the network is again; when somebody else is, or another space. */
export function useLeft(): void {
  const user = useSession().user?.id;
  const space = useSpace()?.id;
  useEffect(() => {
    // A browser without storage has nothing left in it.
    if (!user || !space) return;
    let sending = false;
    const send = async () => {
      // One that still tries hears of the network by itself.
      if (sending) return;
      sending = true;
      await sendLeft(user, space).catch(() => undefined);
      sending = false;
    };
    void send();
    addEventListener("online", send);
    return () => removeEventListener("online", send);
  }, [user, space]);
}
