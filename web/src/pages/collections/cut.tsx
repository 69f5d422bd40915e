import { useTranslation } from "react-i18next";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { CHUNKERS, type Chunker, type NewCollection } from "./model";

type CutProps = {
  values: NewCollection;
  onChange: (part: Partial<NewCollection>) => void;
  error: string | null;
};

/** How documents become passages. */
export function Cut({ values, onChange, error }: CutProps) {
  const { t } = useTranslation("documents");
  const chunking = values.chunking ?? { chunker: "semantic" as Chunker, size: 1500, overlap: 200 };
  const number = (key: "size" | "overlap", most: number) => (
    <Field label={t(`collections.form.${key}`)}>
      {(wiring) => (
        <Input
          {...wiring}
          type="number"
          min={key === "size" ? 50 : 0}
          max={most}
          required
          value={chunking[key]}
          onChange={({ target }) =>
            onChange({ chunking: { ...chunking, [key]: Number(target.value) } })
          }
        />
      )}
    </Field>
  );
  return (
    <>
      <Field
        label={t("collections.form.chunker")}
        hint={t("collections.form.cutHint")}
        error={error}
      >
        {(wiring) => (
          <Select
            {...wiring}
            value={chunking.chunker}
            onChange={({ target }) =>
              onChange({ chunking: { ...chunking, chunker: target.value as Chunker } })
            }
          >
            {CHUNKERS.map((one) => (
              <option key={one} value={one}>
                {t(`collections.form.chunkers.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        {number("size", 8_000)}
        {number("overlap", Math.floor(chunking.size / 2))}
      </div>
    </>
  );
}
