import { Upload } from "lucide-react";
import { type DragEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

type Props = { onFiles: (files: File[]) => void; disabled: boolean; children: ReactNode };

/** Files that are dropped anywhere on it go along with the message. */
export function DropArea({ onFiles, disabled, children }: Props) {
  const { t } = useTranslation("chat");
  const [over, setOver] = useState(0);
  const carries = (event: DragEvent) => !disabled && event.dataTransfer.types.includes("Files");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard there is the button
    <div
      className="relative flex h-full min-h-0 flex-col"
      onDragEnter={(event) => carries(event) && setOver((depth) => depth + 1)}
      onDragLeave={(event) => carries(event) && setOver((depth) => depth - 1)}
      onDragOver={(event) => carries(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!carries(event)) return;
        event.preventDefault();
        setOver(0);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {over > 0 && (
        <div className="pointer-events-none absolute inset-3 z-30 grid place-items-center rounded-2xl border-2 border-primary border-dashed bg-background/90">
          <p className="flex items-center gap-2 font-medium">
            <Upload aria-hidden className="size-5" />
            {t("composer.drop")}
          </p>
        </div>
      )}
    </div>
  );
}
