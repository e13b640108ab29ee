import { useSignal } from "@preact/signals";
import { call } from "../api/client";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";

const NOT_FILES = new Set(["self", "events", "cancel", "recording"]);
const WORDS: Record<string, string> = {
  npz: "BEAT2 motion",
  bvh: "skeleton motion",
  glb: "mannequin with motion",
  vrma: "VRM animation",
  "arkit.csv": "face",
  json: "motion, words, provenance",
  "provenance.json": "where every gesture comes from",
  sound: "the sound",
  wav: "the spoken text",
};

/** Every file of a job, fetched with the key and saved. */
export function Downloads({ job }: { job: Job }) {
  const saving = useSignal<string | undefined>(undefined);
  const files = Object.entries(job.links).filter(([name]) => !NOT_FILES.has(name));
  // the sound stands for the spoken text as well
  const shown = files.filter(([name]) => name !== "wav" || !job.links.sound);
  const save = async (name: string, address: string) => {
    saving.value = name;
    try {
      await download(address, fileName(job, name));
    } catch (error) {
      tellProblem(error);
    } finally {
      saving.value = undefined;
    }
  };
  if (!shown.length) return null;
  return (
    <section aria-label="Files">
      <h2>Files</h2>
      <div class="job-downloads">
        {shown.map(([name, address]) => (
          <button
            key={name}
            type="button"
            disabled={saving.value === name}
            onClick={() => void save(name, address)}
          >
            {saving.value === name ? "Fetching…" : name}{" "}
            <span class="soft small">{WORDS[name] ?? ""}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

function fileName(job: Job, name: string): string {
  const what = job.kind === "explanation" ? "explanation" : "motion";
  return `${what}-${job.id.slice(0, 8)}.${name === "sound" ? "" : name}`;
}

async function download(address: string, name: string): Promise<void> {
  const content = await (await call(address)).blob();
  const ending = name.endsWith(".") ? (content.type.split("/")[1] ?? "wav").replace("x-", "") : "";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = `${name}${ending === "mpeg" ? "mp3" : ending}`;
  link.click();
  // the browser reads it after this turn
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
