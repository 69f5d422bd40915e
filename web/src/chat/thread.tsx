import { ArrowDown } from "lucide-react";
import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { VList, type VListHandle } from "virtua";
import { IconButton } from "@/components/ui/icon-button";
import { Spinner } from "@/components/ui/spinner";
import { Answer } from "./answer";
import { useHere } from "./context";
import { Question } from "./question";
import type { Pending } from "./state/history";
import type { Message, Source } from "./state/message";
import { useSticking } from "./sticking";
import { Waiting } from "./waiting";

/** This near to the beginning the page before is asked for, in pixels. */
const AHEAD = 600;

type Row =
  | { kind: "message"; key: string; message: Message; streaming: boolean; editing: boolean }
  | { kind: "pending"; key: string; one: Pending }
  | { kind: "older"; key: string };

type Props = {
  messages: Message[];
  waiting: Pending[];
  streaming: boolean;
  older: boolean;
  onOlder: () => void;
  onSource: (source: Source) => void;
};

export function Thread({ messages, waiting, streaming, older, onOlder, onSource }: Props) {
  const { t } = useTranslation("chat");
  const { editing } = useHere();
  const rows = useMemo(() => {
    const last = messages.length - 1;
    const all: Row[] = messages.map((message, index) => ({
      kind: "message",
      key: message.id,
      message,
      streaming: streaming && index === last,
      editing: editing === message.id,
    }));
    for (const one of waiting) all.push({ kind: "pending", key: one.id, one });
    return older ? [{ kind: "older", key: "older" } satisfies Row, ...all] : all;
  }, [messages, waiting, streaming, editing, older]);
  // A form out of sight keeps what is written in it.
  const kept = useMemo(() => rows.flatMap((row, n) => (isEdited(row) ? [n] : [])), [rows]);
  const list = useRef<VListHandle>(null);
  const { stuck, onScroll, onResize, toEnd, stay } = useSticking(list, rows, ownOf(rows));
  const shift = usePrepended(messages);
  const scrolled = (offset: number) => {
    onScroll(offset);
    if (offset < AHEAD && older) onOlder();
  };
  const draw = useCallback(
    (row: Row) => <Drawn key={row.key} row={row} onSource={onSource} />,
    [onSource],
  );
  return (
    <div className="relative min-h-0 flex-1">
      <VList
        ref={list}
        data={rows}
        shift={shift}
        keepMounted={kept}
        onScroll={scrolled}
        onResize={onResize}
        onClickCapture={(event) => opens(event.target) && stay()}
        tabIndex={0}
        role="region"
        aria-label={t("thread.label")}
        data-testid="thread"
        className="h-full outline-offset-[-2px]"
      >
        {draw}
      </VList>
      {!stuck && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <IconButton
            label={t("thread.end")}
            variant="outline"
            className="pointer-events-auto rounded-full shadow-md"
            onClick={toEnd}
          >
            <ArrowDown />
          </IconButton>
        </div>
      )}
    </div>
  );
}

function Drawn({ row, onSource }: { row: Row; onSource: (source: Source) => void }) {
  return (
    <div className="mx-auto w-full max-w-3xl px-4 py-2 sm:px-6">
      {row.kind === "older" && <Spinner className="mx-auto" />}
      {row.kind === "pending" && <Waiting one={row.one} />}
      {row.kind === "message" &&
        (row.message.role === "user" ? (
          <Question message={row.message} editing={row.editing} />
        ) : (
          <Answer message={row.message} streaming={row.streaming} onSource={onSource} />
        ))}
    </div>
  );
}

function isEdited(row: Row): boolean {
  return row.kind === "message" && row.editing;
}

/** What the reader has said last, sent or waiting. */
function ownOf(rows: Row[]): string {
  const waiting = rows.filter((row) => row.kind === "pending" && !row.one.theirs).length;
  const asked = rows.findLast((row) => row.kind === "message" && row.message.role === "user")?.key;
  return `${waiting} ${asked}`;
}

/** Whoever opens something reads it where it stands. */
function opens(target: EventTarget): boolean {
  return target instanceof Element && target.closest("summary, [aria-expanded]") !== null;
}

/** Whether older messages have been put in front since the last time: the view must not move. */
function usePrepended(messages: Message[]): boolean {
  const before = useRef<string | undefined>(undefined);
  const first = messages[0]?.id;
  const known = before.current;
  const shift = known !== undefined && known !== first && messages.some(({ id }) => id === known);
  useLayoutEffect(() => {
    before.current = first;
  }, [first]);
  return shift;
}
