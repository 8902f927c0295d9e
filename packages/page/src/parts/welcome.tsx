import type { Controller } from "../state/controller.ts";
import { pictureAddress, shipped } from "../state/shipped.ts";

/** What is seen before anything is chosen. */
export function Welcome({ controller }: { controller: Controller }) {
  const network = shipped.networks.find(({ name }) => name === "resnet");
  const [picture] = shipped.pictures;
  return (
    <div class="welcome">
      <h2>Drop a network and a picture.</h2>
      <p>
        A convolutional network or a vision transformer that was exported to ONNX, and a picture to show it:
        see at once what it takes it for, and which pixels made it say so.
      </p>
      {network !== undefined && picture !== undefined && (
        <button type="button" class="example" onClick={() => void controller.openShipped(network.name)}>
          <img src={pictureAddress(picture)} alt="" width="128" height="128" />
          <span>
            <b>See an example</b>
            {network.title}, which comes with this page, on this picture
          </span>
        </button>
      )}
    </div>
  );
}
