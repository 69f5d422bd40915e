import type { ComponentProps } from "react";

/**
 * A table of plain elements, for rows that are drawn as they are scrolled to: what a virtual list
 * puts between a table and its rows is no place for <tr>.
 */
export function RowTable({ label, ...props }: ComponentProps<"div"> & { label: string }) {
  return <div {...as("table")} {...{ "aria-label": label, "aria-rowcount": -1 }} {...props} />;
}

export function RowGroup(props: ComponentProps<"div">) {
  return <div {...as("rowgroup")} {...props} />;
}

export function Row(props: ComponentProps<"div">) {
  return <div {...as("row")} {...props} />;
}

export function Cell(props: ComponentProps<"div">) {
  return <div {...as("cell")} {...props} />;
}

export function ColumnHeader(props: ComponentProps<"div">) {
  return <div {...as("columnheader")} {...props} />;
}

const as = (role: string) => ({ role });
