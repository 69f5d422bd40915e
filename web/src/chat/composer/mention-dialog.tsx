import { useQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { type RefObject, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Choice, Search } from "@/components/ui/search";
import { api, got } from "@/lib/api";
import type { Attachment } from "../state/message";

const FOUND = 20;

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onChoose: (document: Attachment) => void;
  /** The message that it goes with. */
  box: RefObject<HTMLTextAreaElement | null>;
};

/** Name a document that the space has: the message is about it. */
export function MentionDialog({ open, onOpenChange, onChoose, box }: Props) {
  const { t } = useTranslation("chat");
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={t("mention.title")}
        titleHidden
        className="top-[40%] p-0"
        returnTo={box}
      >
        <Documents
          onChoose={(document) => {
            onOpenChange(false);
            onChoose(document);
          }}
        />
      </DialogContent>
    </Dialog>
  );
}

function Documents({ onChoose }: { onChoose: (document: Attachment) => void }) {
  const { t } = useTranslation("chat");
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query.trim());
  const found = useQuery({
    queryKey: ["documents", "mention", asked],
    queryFn: () =>
      got(
        api.GET("/v1/documents", {
          params: { query: { limit: FOUND, status: "ready", ...(asked && { query: asked }) } },
        }),
      ),
    placeholderData: (before) => before,
  });
  return (
    <Search
      label={t("mention.title")}
      placeholder={t("mention.placeholder")}
      query={query}
      onQuery={setQuery}
      found={found}
      nothing={t("mention.nothing")}
    >
      {(found.data?.items ?? []).map(({ id, title, collection }) => (
        <Choice
          key={id}
          id={id}
          icon={FileText}
          onSelect={() => onChoose({ document_id: id, title })}
          aside={collection}
        >
          {title}
        </Choice>
      ))}
    </Search>
  );
}
