import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/components/ui/field";
import { Unknown } from "@/components/ui/found";
import { GuardedDialog } from "@/components/ui/guarded-dialog";
import { Select } from "@/components/ui/input";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { AddedByAddress, AddedByText } from "./add-one";
import { FileDrop } from "./file-drop";
import { useCollections } from "./model";

type Props = { open: boolean; onOpenChange: (open: boolean) => void; collection?: string };

/** Files, an address or a text, into a collection. */
export function AddDocuments({ open, onOpenChange, collection }: Props) {
  const { t } = useTranslation("documents");
  const [chosen, setChosen] = useState<string>();
  const into = chosen ?? collection ?? "general";
  const close = () => onOpenChange(false);
  return (
    <GuardedDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("add.title")}
      description={t("add.text")}
    >
      <Into value={into} onChange={setChosen} />
      <Tabs defaultValue="files" className="mt-4">
        <TabList aria-label={t("add.how")}>
          <Tab value="files">{t("add.files")}</Tab>
          <Tab value="address">{t("add.address")}</Tab>
          <Tab value="text">{t("add.writing")}</Tab>
        </TabList>
        <TabPanel value="files">
          <FileDrop collection={into} onTaken={close} />
        </TabPanel>
        <TabPanel value="address">
          <AddedByAddress collection={into} onAdded={close} />
        </TabPanel>
        <TabPanel value="text">
          <AddedByText collection={into} onAdded={close} />
        </TabPanel>
      </Tabs>
    </GuardedDialog>
  );
}

/** Of those that people may fill: approved content goes its own way. */
const RESERVED = "approved_content";

function Into({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const { t } = useTranslation("documents");
  const collections = useCollections();
  const names = (collections.data ?? []).map(({ name }) => name);
  const known = names.includes(value) ? names : [value, ...names];
  return (
    <div className="grid gap-3">
      <Field label={t("add.into")}>
        {(wiring) => (
          <Select {...wiring} value={value} onChange={({ target }) => onChange(target.value)}>
            {known
              .filter((name) => name !== RESERVED)
              .map((name) => (
                <option key={name}>{name}</option>
              ))}
          </Select>
        )}
      </Field>
      <Unknown found={collections} />
    </div>
  );
}
