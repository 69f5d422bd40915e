import { useNavigate, useParams } from "@tanstack/react-router";
import {
  Archive,
  ArchiveRestore,
  Download,
  Ellipsis,
  Pencil,
  Pin,
  PinOff,
  Share2,
  Trash2,
} from "lucide-react";
import { lazy, type RefObject, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { type Conversation, useChange, useDelete } from "./api";
import { download } from "./export";

const ShareDialog = lazy(() => import("./share").then((all) => ({ default: all.ShareDialog })));

type Props = {
  conversation: Conversation;
  onRename: () => void;
  small?: boolean;
  /** Its button, for who gets the keyboard back. */
  button: RefObject<HTMLButtonElement | null>;
};

export function ConversationMenu({ conversation, onRename, small, button }: Props) {
  const { t } = useTranslation();
  const [deleting, setDeleting] = useState(false);
  const [sharing, setSharing] = useState(false);
  const may = useMay("member");
  const change = useChange();
  const remove = useDelete();
  const navigate = useNavigate();
  const here = useParams({ strict: false }).id === conversation.id;
  const { id, pinned } = conversation;
  const archived = conversation.state === "archived";

  const take = (format: "markdown" | "json") =>
    download(conversation, format).catch((error: Error) => toast.error(reasonOf(error)));
  const erase = () =>
    remove.mutate(id, {
      onSuccess: () => here && navigate({ to: "/" }),
      onError: (error) => toast.error(reasonOf(error)),
    });
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <IconButton
            ref={button}
            label={t("menu.label", { title: conversation.title ?? t("list.untitled") })}
            size={small ? "icon-sm" : "icon"}
          >
            <Ellipsis />
          </IconButton>
        </MenuTrigger>
        <MenuContent onCloseAutoFocus={(event) => occupied() && event.preventDefault()}>
          {may && (
            <>
              <MenuItem onSelect={onRename}>
                <Pencil aria-hidden />
                {t("menu.rename")}
              </MenuItem>
              <MenuItem onSelect={() => change.mutate({ id, change: { pinned: !pinned } })}>
                {pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
                {t(pinned ? "menu.unpin" : "menu.pin")}
              </MenuItem>
              <MenuItem onSelect={() => setSharing(true)}>
                <Share2 aria-hidden />
                {t("menu.share")}
              </MenuItem>
            </>
          )}
          <MenuItem onSelect={() => take("markdown")}>
            <Download aria-hidden />
            {t("menu.markdown")}
          </MenuItem>
          <MenuItem onSelect={() => take("json")}>
            <Download aria-hidden />
            {t("menu.json")}
          </MenuItem>
          {may && (
            <>
              <MenuSeparator />
              <MenuItem onSelect={() => change.mutate({ id, change: { archived: !archived } })}>
                {archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}
                {t(archived ? "menu.unarchive" : "menu.archive")}
              </MenuItem>
              <MenuItem danger onSelect={() => setDeleting(true)}>
                <Trash2 aria-hidden />
                {t("menu.delete")}
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t("menu.deleteTitle")}
        description={t("menu.deleteText", { title: conversation.title ?? t("list.untitled") })}
        action={t("menu.delete")}
        onConfirm={erase}
        returnTo={button}
      />
      {sharing && (
        <Suspense>
          <ShareDialog conversationId={id} onClose={() => setSharing(false)} returnTo={button} />
        </Suspense>
      )}
    </>
  );
}

/** What was chosen has the keyboard already: a dialog, or the field for a new title. */
function occupied(): boolean {
  return !!document.activeElement?.matches("input, [role=dialog] *, [role=alertdialog] *");
}
