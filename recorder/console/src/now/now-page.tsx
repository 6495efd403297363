// The page Now: which calls are recorded, which are not and why.
import { PageHead } from "../pieces/page-head.tsx";

export default function NowPage() {
  return <PageHead title="Now" />;
}
