import type { ComponentChildren } from "preact";

interface OpenFilesProps {
  readonly accept: string;
  readonly multiple?: boolean;
  readonly label: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

/** A button that opens the system's own choice of files. */
export function OpenFiles({ accept, multiple = false, label, onFiles, children }: OpenFilesProps) {
  return (
    <label class="button">
      {children}
      <input
        type="file"
        accept={accept}
        multiple={multiple}
        aria-label={label}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
