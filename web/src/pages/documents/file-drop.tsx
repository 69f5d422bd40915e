import { Upload } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/cn";
import { bytes } from "@/lib/format";
import { useSession, useSpace } from "@/lib/session";
import { useFormats } from "./model";
import { uploads } from "./uploads";

/** Queues files for a collection of the space that is looked at. */
export function useTaking(collection: string): (files: FileList | null) => void {
  const { t } = useTranslation("documents");
  const space = useSpace()?.id;
  const user = useSession().user?.id;
  return (files) => {
    if (!files?.length || !space || !user) return;
    const left = uploads.add([...files].map((file) => ({ file, collection, space, user })));
    if (left > 0) toast.warning(t("uploads.full", { count: left }));
  };
}

type Props = { collection: string; onTaken: () => void };

export function FileDrop({ collection, onTaken }: Props) {
  const { t } = useTranslation("documents");
  const take = useTaking(collection);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const taken = (files: FileList | null) => {
    take(files);
    if (files?.length) onTaken();
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    taken(event.dataTransfer.files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        "grid justify-items-center gap-3 rounded-lg border-2 border-dashed p-8 text-center",
        over && "border-primary bg-info-soft",
      )}
    >
      <Upload aria-hidden className="size-6 text-muted-foreground" />
      <Accepted />
      <input
        ref={input}
        type="file"
        multiple
        className="hidden"
        aria-label={t("add.choose")}
        onChange={({ target }) => taken(target.files)}
      />
      <Button variant="primary" onClick={() => input.current?.click()}>
        {t("add.choose")}
      </Button>
    </div>
  );
}

function Accepted() {
  const { t } = useTranslation("documents");
  const info = useFormats();
  const extensions = [...new Set(info?.formats.flatMap((format) => format.extensions) ?? [])];
  const limit = info?.limits.document_bytes;
  return (
    <div className="text-sm">
      <p>{t("add.drop")}</p>
      {extensions.length > 0 && limit && (
        <p className="mt-1 text-muted-foreground text-xs">
          {t("add.accepted", { formats: extensions.join(", "), limit: bytes(limit) })}
        </p>
      )}
    </div>
  );
}
