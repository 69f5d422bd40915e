import { useLocation } from "@tanstack/react-router";
import { type RefObject, useEffect } from "react";

/** Places that are remembered: as many as somebody goes back through. */
const MOST = 50;
/** In which the rows on the way have shown how high they are. */
const FRAMES = 30;
const places = new Map<string, number>();

/** Going back to a list finds it where it was left, once its rows are there. */
export function useKeptScroll(scroller: RefObject<HTMLElement | null>, ready: boolean): void {
  const visit = useLocation({ select: ({ state, href }) => state.__TSR_key ?? href });
  // Not a layout effect: where the rows are known already, what scrolls has no element yet in one.
  useEffect(() => {
    const element = scroller.current;
    if (!element || !ready) return;
    const place = places.get(visit);
    let frame = 0;
    // Rows are taken for lower than they are until they are seen: the way there grows on the way.
    const seek = (left: number) => {
      if (!place || left === 0 || Math.abs(element.scrollTop - place) < 1) return;
      element.scrollTo({ top: place });
      frame = requestAnimationFrame(() => seek(left - 1));
    };
    frame = requestAnimationFrame(() => seek(FRAMES));
    const keep = () => {
      places.delete(visit);
      places.set(visit, element.scrollTop);
      const [oldest] = places.keys();
      if (places.size > MOST && oldest !== undefined) places.delete(oldest);
    };
    element.addEventListener("scroll", keep, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", keep);
    };
  }, [scroller, ready, visit]);
}
