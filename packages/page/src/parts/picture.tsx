import { useState } from "preact/hooks";
import type { Controller } from "../state/controller.ts";
import type { PageState } from "../state/page-state.ts";
import { pictureAddress, shipped } from "../state/shipped.ts";
import { Camera } from "./camera.tsx";
import { OpenFiles } from "./open-files.tsx";

const first = 6;

/** The picture, and those that can be chosen. */
export function PicturePart({ controller, state }: { controller: Controller; state: PageState }) {
  const { picture } = state;
  const [all, setAll] = useState(false);
  const [camera, setCamera] = useState(false);
  const hasCamera = navigator.mediaDevices !== undefined;
  const names = all ? shipped.pictures : shipped.pictures.slice(0, first);
  return (
    <section class="part">
      <h2>Picture</h2>
      {picture !== undefined && picture.shipped === undefined && (
        <p class="name own">
          {picture.address !== undefined && <img src={picture.address} alt="" />}
          <b>{picture.name}</b>
        </p>
      )}
      <ul class="pictures">
        {names.map((name) => (
          <li key={name}>
            <button
              type="button"
              class="thumb"
              aria-pressed={picture?.shipped === name}
              title={wordsOf(name)}
              onClick={() => void controller.showShipped(name)}
            >
              <img src={pictureAddress(name)} alt={wordsOf(name)} width="128" height="128" loading="lazy" />
            </button>
          </li>
        ))}
      </ul>
      <p class="buttons">
        <OpenFiles
          accept="image/*,.npy,.npz"
          label="Open a picture"
          onFiles={(files) => void controller.addFiles(files)}
        >
          Open a picture
        </OpenFiles>
        {hasCamera && (
          <button type="button" class="link" onClick={() => setCamera(true)}>
            Camera
          </button>
        )}
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${shipped.pictures.length}`}
        </button>
      </p>
      {camera && (
        <Camera
          onPicture={(file) => {
            setCamera(false);
            void controller.addFiles([file]);
          }}
          onClose={(why) => {
            setCamera(false);
            controller.say(why);
          }}
        />
      )}
    </section>
  );
}

/** `striped-star_ringed-triangle` as "striped star, ringed triangle" */
function wordsOf(name: string): string {
  return name.replaceAll("_", ", ").replaceAll("-", " ");
}
