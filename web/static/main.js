import { Api } from "./api.js";
import { byId } from "./dom.js";
import { createView } from "./create_view.js";
import { jobView } from "./job_view.js";
import { liveView } from "./live_view.js";
import { router } from "./router.js";
import { guardSession } from "./session.js";
import { statusView } from "./status_view.js";
import { themeSwitch } from "./theme.js";
import { toaster } from "./toast.js";
import { videosView } from "./videos_view.js";
import { watchLine } from "./line.js";

const api = new Api();
const toast = toaster(byId("toasts", HTMLElement));
const context = { api, toast };

themeSwitch(byId("theme", HTMLButtonElement));
watchLine(byId("offline", HTMLElement), api);
guardSession(api);

const create = createView(byId("view-create", HTMLElement), context);
const content = byId("content", HTMLElement);
byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  event.preventDefault();
  content.focus();
});
addEventListener("scroll", () => document.querySelector(".top")?.classList.toggle("is-over", scrollY > 4), { passive: true });

router(
  { create: byId("view-create", HTMLElement), other: byId("view-other", HTMLElement) },
  {
    create: (_node, _id, signal) => create.show(signal),
    live: (node, _id, signal) => liveView(node, context, signal),
    videos: (node, _id, signal) => videosView(node, context, signal),
    status: (node, _id, signal) => statusView(node, context, signal),
    jobs: (node, id, signal) => jobView(node, context, id, signal),
  },
);
