import { useEffect, useRef } from "preact/hooks";

interface CameraProps {
  readonly onPicture: (file: File) => void;
  /** @param why it could not be used */
  readonly onClose: (why: string | undefined) => void;
}

/** What the camera sees, until a picture is taken. */
export function Camera({ onPicture, onClose }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    let stream: MediaStream | undefined;
    let gone = false;
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: "environment" } })
      .then((opened) => {
        stream = opened;
        if (gone) stop();
        else if (video.current !== null) video.current.srcObject = opened;
      })
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        if (!gone) onClose(`The camera cannot be used (${why}).`);
      });
    return () => {
      gone = true;
      stop();
    };
  }, []);

  function take(): void {
    const seen = video.current;
    if (seen === null || seen.videoWidth === 0) return;
    const canvas = Object.assign(document.createElement("canvas"), {
      width: seen.videoWidth,
      height: seen.videoHeight,
    });
    canvas.getContext("2d")?.drawImage(seen, 0, 0);
    canvas.toBlob((blob) => {
      if (blob !== null) onPicture(new File([blob], "camera.png", { type: "image/png" }));
    });
  }

  return (
    <dialog ref={dialog} class="camera" onClose={() => onClose(undefined)}>
      <video ref={video} autoPlay playsInline muted />
      <p class="buttons">
        <button type="button" class="button strong" onClick={take}>
          Take the picture
        </button>
        <button type="button" class="link" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </p>
    </dialog>
  );
}
