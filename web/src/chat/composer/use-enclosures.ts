import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/components/ui/toast";
import type { Attachment } from "../state/message";
import { Enclosures, MOST } from "./uploads";

/** What goes along with the message of a box; what finds no room in it is told of. */
export function useEnclosures(initial: Attachment[]) {
  const { t } = useTranslation("chat");
  const [own] = useState(() => new Enclosures(initial));
  const { enclosures } = useSyncExternalStore(own.store.subscribe, own.store.get);
  useEffect(() => () => own.end(), [own]);
  const tell = (left: number) => {
    if (left > 0) toast.warning(t("composer.full", { count: left, most: MOST }));
  };
  return {
    enclosures,
    add: (files: Iterable<File>) => tell(own.add(files)),
    mention: (document: Attachment) => tell(own.mention(document)),
    remove: own.remove,
    retry: own.start,
    clear: own.clear,
  };
}
