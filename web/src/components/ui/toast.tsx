import "sonner/dist/styles.css";
import { Toaster as Sonner, toast } from "sonner";
import { useDark } from "@/lib/theme";

export { toast };

export function Toaster() {
  return (
    <Sonner
      theme={useDark() ? "dark" : "light"}
      position="top-center"
      closeButton
      toastOptions={{ className: "font-sans!" }}
    />
  );
}
