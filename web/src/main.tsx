import "@/lib/no-eval";
import "@/styles/index.css";
import "@/i18n";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toaster, toast } from "@/components/ui/toast";
import { TipProvider } from "@/components/ui/tooltip";
import { queryClient } from "@/lib/query";
import { reasonOf } from "@/lib/reason";
import { tellUnseen } from "@/lib/unseen";
import { router } from "@/router";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root.");

tellUnseen(queryClient.getMutationCache(), (error) => toast.error(reasonOf(error)));

createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TipProvider>
        <RouterProvider router={router} />
        <Toaster />
      </TipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
