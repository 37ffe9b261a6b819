import "./app/trusted.ts";
import "@fontsource-variable/inter/wght.css";
import "./ui/tokens.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <main>Weft</main>
  </StrictMode>,
);
