import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VListHandle } from "virtua";

/** This near to the end the view stays at the end, in pixels. */
const NEAR = 80;

type Sticking = {
  /** Nothing newer is out of sight. */
  stuck: boolean;
  onScroll: (offset: number) => void;
  /** Rows have grown, or the window has changed: nobody has scrolled. */
  onResize: () => void;
  toEnd: () => void;
  /** Somebody reads here: what grows below moves nothing until the end is looked for again. */
  stay: () => void;
};

/** The view stays at the end while it grows, unless somebody has scrolled away. `own` changes with
 * each thing that the reader has said: that is always brought into view. */
export function useSticking(
  list: React.RefObject<VListHandle | null>,
  rows: readonly unknown[],
  own: string,
): Sticking {
  const [stuck, setStuck] = useState(true);
  const sticking = useRef(true);
  const before = useRef(0);
  const follow = useCallback(() => {
    list.current?.scrollToIndex(Number.MAX_SAFE_INTEGER, { align: "end" });
  }, [list]);
  const toEnd = useCallback(() => {
    sticking.current = true;
    setStuck(true);
    follow();
  }, [follow]);
  const onScroll = (offset: number) => {
    const near = list.current ? isNear(list.current) : true;
    // Text that is drawn late pushes the end away without a hand's doing: only going up leaves it.
    if (near) sticking.current = true;
    else if (offset < before.current) sticking.current = false;
    before.current = offset;
    setStuck(near || sticking.current);
  };
  const onResize = () => {
    if (sticking.current) follow();
    else setStuck(list.current ? isNear(list.current) : true);
  };
  const stay = useCallback(() => {
    sticking.current = false;
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it says when
  useEffect(() => {
    sticking.current = true;
    setStuck(true);
  }, [own]);
  useLayoutEffect(() => {
    if (sticking.current && rows.length > 0) follow();
  }, [follow, rows]);
  return { stuck, onScroll, onResize, toEnd, stay };
}

function isNear({ scrollSize, viewportSize, scrollOffset }: VListHandle): boolean {
  return scrollSize - viewportSize - scrollOffset <= NEAR;
}
