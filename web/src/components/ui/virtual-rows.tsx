import { type ReactElement, type RefObject, useEffect, useRef, useState } from "react";
import { Virtualizer } from "virtua";

type Props = {
  /** What scrolls: an ancestor. */
  scroller: RefObject<HTMLElement | null>;
  children: ReactElement[];
  /** The last rows are near: more can be asked for. */
  onEnd?: () => void;
  /** A row that is drawn even where it is not seen: what brings it into sight needs its place. */
  keep?: number;
};

const NEAR = 20;

/** Draws the rows that are seen, however many there are, inside a page that scrolls as a whole. */
export function VirtualRows({ scroller, children, onEnd, keep = -1 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const margin = useMargin(place, scroller);
  const asked = useRef(0);
  const near = (last: number) => {
    if (last < children.length - NEAR || asked.current === children.length) return;
    asked.current = children.length;
    onEnd?.();
  };
  return (
    <div ref={place}>
      <Virtualizer
        scrollRef={scroller}
        startMargin={margin}
        keepMounted={keep < 0 ? undefined : [keep]}
        onScroll={(offset) =>
          near(lastSeen(place.current, offset, scroller.current, children.length))
        }
      >
        {children}
      </Virtualizer>
    </div>
  );
}

/** Estimated by share: rows are much alike. */
function lastSeen(
  place: HTMLElement | null,
  offset: number,
  scroller: HTMLElement | null,
  count: number,
): number {
  if (!place || !scroller) return 0;
  const seen = offset + scroller.clientHeight - place.offsetTop;
  return Math.floor((seen / Math.max(place.offsetHeight, 1)) * count);
}

/** How far below the top of what scrolls the rows begin; it changes as what is above them does. */
function useMargin(
  place: RefObject<HTMLElement | null>,
  scroller: RefObject<HTMLElement | null>,
): number {
  const [margin, setMargin] = useState(0);
  // Not a layout effect: an ancestor that is drawn with its rows has no element yet in one.
  useEffect(() => {
    const [rows, around] = [place.current, scroller.current];
    if (!rows || !around) return;
    const measure = () =>
      setMargin(
        rows.getBoundingClientRect().top - around.getBoundingClientRect().top + around.scrollTop,
      );
    const observer = new ResizeObserver(measure);
    for (const child of [around, ...around.children]) observer.observe(child);
    measure();
    return () => observer.disconnect();
  }, [place, scroller]);
  return margin;
}
