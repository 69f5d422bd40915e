import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Attachment } from "./message";

/** A message that has been written and that the edge has not taken yet. */
export interface Letter {
  /** Chosen here: however often it is sent, it runs once. */
  id: string;
  conversationId: string;
  /** It begins the conversation, under an id that was chosen here. */
  first: boolean;
  /** Whose it is: another person at this browser must not send it. */
  space: string;
  user: string;
  text: string;
  attachments: Attachment[];
  agent: string | null;
  parentId: string | null;
  onBusy: string;
  writtenAt: string;
}

interface Schema extends DBSchema {
  letters: { key: string; value: Letter; indexes: { conversationId: string } };
  drafts: { key: string; value: Draft };
}
export interface Draft {
  conversationId: string;
  text: string;
  attachments: Attachment[];
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("holdfast", 1, {
    upgrade(db) {
      db.createObjectStore("letters", { keyPath: "id" }).createIndex(
        "conversationId",
        "conversationId",
      );
      db.createObjectStore("drafts", { keyPath: "conversationId" });
    },
  });
  return opened;
}

/** Milliseconds that a browser's storage gets: one that refuses or hangs stops no message. */
const PATIENCE = 1_000;

async function timely<T>(work: Promise<T>, otherwise: T): Promise<T> {
  const late = new Promise<T>((resolve) => setTimeout(() => resolve(otherwise), PATIENCE));
  return Promise.race([work.catch(() => otherwise), late]);
}

/** And its draft away, both or neither: what was sent is not found in the box again. */
export async function keepLetter(letter: Letter, draft: string | null): Promise<void> {
  const kept = database().then(async (db) => {
    const writing = db.transaction(["letters", "drafts"], "readwrite");
    await Promise.all([
      writing.objectStore("letters").put(letter),
      draft !== null && writing.objectStore("drafts").delete(draft),
      writing.done,
    ]);
  });
  await timely(kept, undefined);
}

export async function dropLetter(id: string): Promise<void> {
  await timely(
    database().then((db) => db.delete("letters", id)),
    undefined,
  );
}

export async function letters(conversationId: string): Promise<Letter[]> {
  return timely(left(conversationId), []);
}

/** In which conversations something waits. */
export async function unfinished(whose: (letter: Letter) => boolean): Promise<string[]> {
  const all = await database().then((db) => db.getAll("letters"));
  return [...new Set(all.filter(whose).map(({ conversationId }) => conversationId))];
}

/** What waits in a conversation, however long the disk takes to tell. */
export async function left(conversationId: string): Promise<Letter[]> {
  const found = database().then((db) =>
    db.getAllFromIndex("letters", "conversationId", conversationId),
  );
  return found.catch(() => []);
}

export async function keepDraft(draft: Draft): Promise<void> {
  const db = await database();
  if (draft.text === "" && draft.attachments.length === 0) {
    await db.delete("drafts", draft.conversationId);
  } else {
    await db.put("drafts", draft);
  }
}

export async function draftOf(conversationId: string): Promise<Draft | undefined> {
  return (await database()).get("drafts", conversationId);
}
