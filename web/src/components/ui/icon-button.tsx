import { Button, type ButtonProps } from "./button";
import { Tip } from "./tooltip";

type Props = Omit<ButtonProps, "aria-label"> & {
  /** What it does: its name for assistive technology, and its tooltip. */
  label: string;
  shortcut?: string;
};

/** A button that shows an icon alone. */
export function IconButton({ label, shortcut, size = "icon", variant = "quiet", ...props }: Props) {
  return (
    <Tip text={label} shortcut={shortcut}>
      <Button aria-label={label} size={size} variant={variant} {...props} />
    </Tip>
  );
}
