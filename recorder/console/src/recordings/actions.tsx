// What may be done to a recording: download, link to the moment, verify; for managers also legal
// hold and erasure, each with its reason, each in the audit.
import { useState } from "preact/hooks";
import { addressOf, api } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import { hasRole } from "../api/sign-in.ts";
import type { RecordingDetail, Verification } from "../api/types.ts";
import { agentTitle } from "../now/parties.tsx";
import { Icon } from "../pieces/icon.tsx";
import { duration } from "../pieces/time.ts";
import { showToast } from "../pieces/toast.tsx";
import { navigate } from "../shell/router.ts";
import { fragmentOf } from "./moment-link.ts";
import { ReasonDialog } from "./reason-dialog.tsx";
import { VerifyNote } from "./verify-note.tsx";

interface ActionsProps {
  readonly recording: RecordingDetail;
  /** Where the player is. */
  readonly second: number;
  readonly onChanged: () => void;
}

export function Actions({ recording, second, onChanged }: ActionsProps) {
  const { recordingKey, status, isHeld, samples } = recording;
  const path = `/api/v1/recordings/${encodeURIComponent(recordingKey)}`;
  const [asking, setAsking] = useState<"hold" | "delete" | null>(null);
  const [verification, setVerification] = useState<Verification | "under way" | null>(null);
  if (status === "RECORDING") return null;

  const verify = async (): Promise<void> => {
    setVerification("under way");
    try {
      setVerification(await api.post<Verification>(`${path}/verify`));
    } catch (error) {
      setVerification(null);
      showToast(problemOf(error).remedy, "bad");
    }
  };
  const hold = async (reason: string): Promise<void> => {
    await api.put(`${path}/hold`, { reason });
    showToast("A legal hold lies on the recording.");
    onChanged();
  };
  const release = async (): Promise<void> => {
    try {
      await api.delete(`${path}/hold`);
      showToast("The legal hold is taken away.");
      onChanged();
    } catch (error) {
      showToast(problemOf(error).remedy, "bad");
    }
  };
  const erase = async (reason: string): Promise<void> => {
    await api.delete(path, { reason });
    showToast("The recording is erased.");
    navigate("/recordings");
  };
  const title = agentTitle(recording);
  return (
    <section class="recording-actions" aria-label="Actions">
      <div class="buttons">
        {samples === 0 ? null : <Downloads path={path} isStored={status === "SAVED"} />}
        <CopyLink second={second} />
        <button
          type="button"
          class="button"
          disabled={verification === "under way"}
          onClick={() => void verify()}
        >
          <Icon name="verify" /> {verification === "under way" ? "Verifying…" : "Verify"}
        </button>
        {hasRole("manager") ? (
          <>
            <button
              type="button"
              class="button"
              aria-pressed={isHeld}
              onClick={() => (isHeld ? void release() : setAsking("hold"))}
            >
              <Icon name="hold" /> {isHeld ? "Release legal hold" : "Legal hold"}
            </button>
            <button
              type="button"
              class="button button-bad"
              disabled={isHeld}
              title={isHeld ? "Take the legal hold away first" : undefined}
              onClick={() => setAsking("delete")}
            >
              <Icon name="delete" /> Delete
            </button>
          </>
        ) : null}
      </div>
      <VerifyNote verification={verification === "under way" ? null : verification} />
      <ReasonDialog
        title={`Legal hold on the recording of ${title}`}
        text="While the hold lies on it the recording cannot be erased, by nobody and by no retention."
        action="Put on hold"
        isOpen={asking === "hold"}
        onClose={() => setAsking(null)}
        onReason={hold}
      />
      <ReasonDialog
        title={`Delete the recording of ${title}?`}
        text="Its audio, its journal and its row are erased for good, on every drive. The audit keeps who did it and why."
        action="Delete for good"
        isDangerous
        isOpen={asking === "delete"}
        onClose={() => setAsking(null)}
        onReason={erase}
      />
    </section>
  );
}

function Downloads({ path, isStored }: { readonly path: string; readonly isStored: boolean }) {
  return (
    <>
      <a class="button" href={addressOf(`${path}/audio`, { format: "wav" })} download>
        <Icon name="download" /> WAV
      </a>
      {isStored ? (
        <a class="button" href={addressOf(`${path}/audio`, { format: "spx" })} download>
          <Icon name="download" /> Speex
        </a>
      ) : null}
    </>
  );
}

function CopyLink({ second }: { readonly second: number }) {
  const copy = async (): Promise<void> => {
    const link = `${location.origin}${location.pathname}#${fragmentOf(second)}`;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      showToast(`The link to ${duration(second * 1_000)} is copied.`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Without TLS browsers give no clipboard; the address bar has the link now.
      showToast("The link to this moment stands in the address bar: copy it from there.");
    }
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      <Icon name="link" /> Link to this moment
    </button>
  );
}
