// The page of one recording.
import { PageHead } from "../pieces/page-head.tsx";

export default function RecordingPage() {
  return <PageHead title="Recording" />;
}
