/** What is compared with what, and why figures differ where they do. */
import type { MethodName } from "@onnx-lrp/core";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import { counts, type NetworkName, noiseSeed } from "./setting.ts";

export interface Case {
  /** The peer's map, as the Python files name it. */
  readonly map: string;
  readonly peer: "zennit" | "captum" | "pytorch-grad-cam" | "by hand";
  /** What of the peer, and what was changed in it, for the table. */
  readonly call: string;
  readonly method: MethodName;
  readonly options?: Omit<FileExplainerOptions, "method">;
  /** Our options in words, for the table. */
  readonly words?: string;
  /** What is done to our map before it is compared. */
  readonly as?: "0 to 1" | "absolute";
  /** The negative numbers of the picture set to 0, in place of the picture. */
  readonly picture?: "positive";
  /** The target is held against the class after it. */
  readonly againstNext?: true;
  /** Default both. */
  readonly networks?: readonly NetworkName[];
  /** Why the maps differ; left out, they must be the same but for rounding. */
  readonly why?: string;
  /** Networks on which they differ for that reason; default all. */
  readonly differsOn?: readonly NetworkName[];
}

const positive = { parameters: { bias: "positive" } } as const;
const noise = { options: { samples: counts.noise, seed: noiseSeed }, words: "25 samples" };
const steps = { words: "50 steps" };
const shapes = {
  options: { window: 16, stride: 8, score: "logit" },
  words: "window 16, stride 8, logits",
} as const;

function of(peer: Case["peer"], rows: readonly Omit<Case, "peer">[]): Case[] {
  return rows.map((row) => ({ ...row, peer }));
}

const zennit = of("zennit", [
  {
    map: "zennit-epsilon-plus",
    call: "EpsilonPlus",
    method: "lrp",
    options: { composite: "epsilon-plus" },
    words: "epsilon-plus",
    why: "bias: zennit keeps the positive part of the bias in the denominator of z+, where it takes relevance; ours has none by default. The next two rows, each with one convention on both sides, agree",
  },
  {
    map: "zennit-epsilon-plus",
    call: "EpsilonPlus",
    method: "lrp",
    options: { composite: "epsilon-plus", ...positive },
    words: "epsilon-plus, bias positive",
  },
  {
    map: "zennit-epsilon-plus-no-bias",
    call: 'EpsilonPlus, convolutions ZPlus(zero_params="bias")',
    method: "lrp",
    options: { composite: "epsilon-plus" },
    words: "epsilon-plus",
  },
  {
    map: "zennit-epsilon-plus-raw",
    call: "EpsilonPlus without canonizers",
    method: "lrp",
    options: { composite: "epsilon-plus", ...positive },
    words: "epsilon-plus, bias positive",
    differsOn: ["resnet"],
    why: "without ResNetCanonizer zennit passes relevance through batch normalization as if it were not there, and hands the whole of it to both sides of every sum; here normalizations are folded and sums share",
  },
  {
    map: "zennit-epsilon-plus-flat",
    call: "EpsilonPlusFlat",
    method: "lrp",
    options: { composite: "epsilon-plus-flat", ...positive },
    words: "epsilon-plus-flat, bias positive",
  },
  {
    map: "zennit-epsilon-alpha2-beta1",
    call: "EpsilonAlpha2Beta1",
    method: "lrp",
    options: { composite: "epsilon-alpha2-beta1", ...positive },
    words: "epsilon-alpha2-beta1, bias positive",
  },
  {
    map: "zennit-epsilon-alpha2-beta1-flat",
    call: "EpsilonAlpha2Beta1Flat",
    method: "lrp",
    options: {
      rules: {
        name: "epsilon-alpha2-beta1-flat",
        base: "epsilon-alpha2-beta1",
        layers: [{ role: ["first"], rule: { kind: "flat" } }],
      },
      ...positive,
    },
    words: "a rules file: flat first, then epsilon-alpha2-beta1, bias positive",
  },
  {
    map: "zennit-epsilon-gamma-box",
    call: "EpsilonGammaBox",
    method: "lrp",
    options: { composite: "epsilon-gamma-box" },
    words: "epsilon-gamma-box",
  },
  {
    map: "zennit-epsilon-gamma-box-exact",
    call: "EpsilonGammaBox, stabilizers 1e-12",
    method: "lrp",
    options: { composite: "epsilon-gamma-box", parameters: { epsilon: 1e-12 } },
    words: "epsilon-gamma-box, epsilon 1e-12",
  },
  {
    map: "zennit-epsilon-plus-sglrp",
    call: "EpsilonPlus, seed p_t (e_t - p)",
    method: "sglrp",
    options: { composite: "epsilon-plus", ...positive },
    words: "epsilon-plus, bias positive, times p_t (1 - p_t)",
  },
  {
    map: "zennit-zplus-box-sglrp",
    call: "z+ without bias, zbox first, sums by positive terms, seed p_t (e_t - p)",
    method: "sglrp",
    words: "zplus-box, times p_t (1 - p_t)",
  },
  {
    map: "zennit-zplus-box-clrp",
    call: "the same, seed z_t (e_t - the mean of the others)",
    method: "clrp",
    words: "zplus-box",
  },
  {
    map: "zennit-zplus-box-clrp-gu",
    call: "the same twice, seeds |z_t| and |z| of the others, each map by its sum, subtracted",
    method: "clrp-gu",
    words: "zplus-box",
  },
  {
    map: "zennit-zplus-box-against",
    call: "the same, seed e_t - e_a",
    method: "sglrp",
    options: { contrast: true },
    againstNext: true,
    words: "zplus-box, against another class",
  },
  {
    map: "zennit-excitation",
    call: "ExcitationBackprop",
    method: "excitation-backprop",
    why: "zennit's ZPlus keeps the positive part of the bias, and it shares sums by signed terms; the paper's Eq. 4 has activations times excitatory weights alone. The next row, zennit without bias and with sums of positive terms, agrees",
  },
  {
    map: "zennit-excitation-no-bias",
    call: 'ExcitationBackprop(zero_params="bias"), sums by positive terms',
    method: "excitation-backprop",
  },
  { map: "zennit-guided-backprop", call: "GuidedBackprop", method: "guided-backprop" },
  { map: "zennit-deconvnet", call: "DeconvNet", method: "deconvnet" },
  {
    map: "zennit-smoothgrad",
    call: "SmoothGrad, noise_level=0.15, n_iter=25",
    method: "smoothgrad",
    ...noise,
    why: "other random numbers; zennit takes the noise from the range of this picture where ours takes that of all pictures, and its last sample has no noise. The next row has the same noise",
  },
  {
    map: "zennit-smoothgrad-same-noise",
    call: "SmoothGrad, the same noise, less its sample without noise",
    method: "smoothgrad",
    ...noise,
  },
  {
    map: "zennit-integrated-gradients",
    call: "IntegratedGradients, n_iter=50",
    method: "integrated-gradients",
    words: "50 steps",
    why: "zennit takes the gradient at the end of each step, ours in its middle, whose error falls with the square of the number of steps. The next row has zennit's in the middle too",
  },
  {
    map: "zennit-integrated-gradients-middle",
    call: "IntegratedGradients, n_iter=50, places (s + 1/2) / 50",
    method: "integrated-gradients",
    words: "50 steps",
  },
  {
    map: "zennit-occlusion",
    call: "Occlusion, window 16, stride 16",
    method: "occlusion",
    options: { window: 16, stride: 16, score: "logit" },
    words: "window 16, stride 16, logits",
    why: "zennit by default hides all but the window and sums the scores; ours is the score less that with the window hidden. The next row has zennit hide the window and takes the difference",
  },
  {
    map: "zennit-occlusion-hidden",
    call: "the score less Occlusion's with the window hidden",
    method: "occlusion",
    options: { window: 16, stride: 16, score: "logit" },
    words: "window 16, stride 16, logits",
  },
]);

const captum = of("captum", [
  { map: "captum-gradient", call: "Saliency(abs=False)", method: "gradient" },
  { map: "captum-saliency", call: "Saliency", method: "gradient", as: "absolute", words: "absolute values" },
  { map: "captum-input-x-gradient", call: "InputXGradient", method: "input-x-gradient" },
  {
    map: "captum-integrated-gradients",
    call: "IntegratedGradients, n_steps=50",
    method: "integrated-gradients",
    ...steps,
    why: "captum takes the places and weights of Gauss and Legendre by default, ours are the middles of equal steps. The next row has captum's riemann_middle",
  },
  {
    map: "captum-integrated-gradients-middle",
    call: 'IntegratedGradients, n_steps=50, method="riemann_middle"',
    method: "integrated-gradients",
    ...steps,
  },
  {
    map: "captum-gradient-shap",
    call: "GradientShap, 50 samples, references from ours",
    method: "gradient-shap",
    words: "50 samples",
    why: "other random places and another choice among the references. The next row has the same",
  },
  {
    map: "captum-gradient-shap-same-samples",
    call: "GradientShap, the same places and references",
    method: "gradient-shap",
    words: "50 samples",
  },
  ...(["smoothgrad", "vargrad"] as const).flatMap((method) => [
    {
      map: `captum-${method}`,
      call: `NoiseTunnel(Saliency), ${method}, 25 samples`,
      method,
      ...noise,
      why: "other random numbers, and one standard deviation for all channels where ours is a share of each channel's range. The next row has the same noise",
    },
    {
      map: `captum-${method}-same-noise`,
      call: `NoiseTunnel(Saliency), ${method}, the same noise`,
      method,
      ...noise,
    },
  ]),
  {
    map: "captum-deeplift",
    call: "DeepLift, baseline 0",
    method: "deeplift",
    why: "a fault in captum (its issue 1104; pull request 1843 of May 2026, later than this snapshot, is about it): where a max-pooling follows a rectifier directly, the rectifier gets the pooling's plain gradient in place of its multiplier, since both hooks are on one tensor; on vgg the map then no longer sums to the change of the logit, as ours does to 1e-6. On vgg the next row, with a copy between the two, agrees",
  },
  {
    map: "captum-deeplift-apart",
    call: "DeepLift, baseline 0, a copy behind every rectifier",
    method: "deeplift",
    differsOn: ["resnet"],
    why: "resnet's pooling windows overlap: captum unpools by max_unpool2d, which keeps one of the shares of a pixel that wins in several windows, where they must be added. The next row adds them",
  },
  {
    map: "captum-deeplift-summed",
    call: "DeepLift, a copy behind every rectifier, unpooling that adds",
    method: "deeplift",
  },
  { map: "captum-guided-backprop", call: "GuidedBackprop", method: "guided-backprop" },
  { map: "captum-deconvolution", call: "Deconvolution", method: "deconvnet" },
  {
    map: "captum-grad-cam",
    call: 'LayerGradCam(relu_attributions), interpolate "bilinear"',
    method: "grad-cam",
  },
  {
    map: "captum-guided-grad-cam",
    call: "GuidedGradCam",
    method: "guided-grad-cam",
    why: "captum enlarges Grad-CAM by the nearest neighbour by default, the paper bilinearly (Sect. 3.2). The next row has captum bilinear",
  },
  {
    map: "captum-guided-grad-cam-bilinear",
    call: 'GuidedGradCam(interpolate_mode="bilinear")',
    method: "guided-grad-cam",
  },
  { map: "captum-occlusion", call: "Occlusion, window 16, stride 8", method: "occlusion", ...shapes },
  {
    map: "captum-occlusion-over-the-edge",
    call: "Occlusion, window 16, stride 10",
    method: "occlusion",
    options: { window: 16, stride: 10, score: "logit" },
    words: "window 16, stride 10, logits",
    why: "where the window does not come out at the edge, captum's last one is cut off there, ours is a whole one that ends at the edge",
  },
  {
    map: "captum-lrp",
    call: "LRP, EpsilonRule(1e-9)",
    method: "lrp",
    options: { composite: "epsilon", parameters: { epsilon: 1e-9 } },
    words: "epsilon, epsilon 1e-9",
  },
  {
    map: "captum-lrp-alpha1-beta0",
    call: "LRP, Alpha1_Beta0_Rule(set_bias_to_zero=True)",
    method: "lrp",
    options: { composite: "zplus" },
    words: "zplus",
    networks: ["vgg"],
    why: "captum's rule is x w+ whatever the sign of x, so that a picture's negative pixels take relevance with the wrong sign; ours is x+ w+ + x- w-. The next row has a picture without negative numbers. (captum itself warns that the rule is none for batch normalization, so that it is not run on resnet)",
  },
  {
    map: "captum-lrp-alpha1-beta0-positive",
    call: "LRP, Alpha1_Beta0_Rule(set_bias_to_zero=True), negative pixels set to 0",
    method: "lrp",
    options: { composite: "zplus" },
    words: "zplus",
    picture: "positive",
    networks: ["vgg"],
  },
  {
    map: "captum-shapley-values",
    call: "ShapleyValues on the same superpixels",
    method: "kernel-shap",
    options: { segments: counts.superpixels, score: "logit" },
    words: "6 superpixels, all coalitions, logits",
  },
  {
    map: "captum-kernel-shap",
    call: "KernelShap, n_samples=500, the same superpixels",
    method: "kernel-shap",
    options: { segments: counts.superpixels, score: "logit" },
    words: "6 superpixels, all coalitions, logits",
    why: "captum draws coalitions with repetition, ours are all of them, which gives Shapley's values (the row above)",
  },
  {
    map: "captum-lime",
    call: "Lime, 400 samples, the same superpixels",
    method: "lime",
    options: { segments: counts.limeSuperpixels, samples: counts.limeSamples, score: "logit" },
    words: "30 superpixels, 400 samples, logits",
    why: "captum by default fits a lasso with alpha 0.01 and weighs samples by exp(-d^2 / 2), d the cosine distance of the pictures; ours is what the authors' code does: ridge, and the distance of the superpixels. The next row gives captum our regression, weights and coalitions",
  },
  {
    map: "captum-lime-same-samples",
    call: "Lime(SkLearnRidge(alpha=1)), the authors' weights, the same coalitions",
    method: "lime",
    options: { segments: counts.limeSuperpixels, samples: counts.limeSamples, score: "logit" },
    words: "30 superpixels, 400 samples, logits",
  },
]);

const scaled = { as: "0 to 1", words: "scaled to 0..1" } as const;
const cams = of("pytorch-grad-cam", [
  { map: "grad-cam-grad-cam", call: "GradCAM", method: "grad-cam", ...scaled },
  {
    map: "grad-cam-grad-cam++",
    call: "GradCAMPlusPlus",
    method: "grad-cam++",
    ...scaled,
    why: "pytorch-grad-cam adds 1e-6 to the denominator 2 g^2 + g^3 S, in which g^2 itself may be as small. The next row is without",
  },
  {
    map: "grad-cam-grad-cam++-exact",
    call: "GradCAMPlusPlus without the 1e-6",
    method: "grad-cam++",
    ...scaled,
  },
  { map: "grad-cam-hirescam", call: "HiResCAM", method: "hirescam", ...scaled },
  { map: "grad-cam-layercam", call: "LayerCAM", method: "layercam", ...scaled },
  {
    map: "grad-cam-score-cam",
    call: "ScoreCAM",
    method: "score-cam",
    as: "0 to 1",
    options: { score: "logit" },
    words: "logits, scaled to 0..1",
    why: "pytorch-grad-cam enlarges masks corner to corner and its maps centre to centre; ours are both centre to centre. The next row has its masks so too",
  },
  {
    map: "grad-cam-score-cam-centres",
    call: "ScoreCAM, masks enlarged centre to centre",
    method: "score-cam",
    as: "0 to 1",
    options: { score: "logit" },
    words: "logits, scaled to 0..1",
  },
  {
    map: "grad-cam-fullgrad",
    call: "FullGrad",
    method: "fullgrad",
    ...scaled,
    why: "pytorch-grad-cam scales every channel by itself to 0..1, so that a channel with hardly any gradient counts as much as the strongest; the paper's code scales all channels of a layer together, as ours does, and enlarges corner to corner. The next row does so",
  },
  {
    map: "grad-cam-fullgrad-as-published",
    call: "FullGrad, psi as its authors code it",
    method: "fullgrad",
    ...scaled,
  },
]);

const byHand = of("by hand", [
  {
    map: "by-hand-cam",
    call: "the dense layer's weights times the activations",
    method: "cam",
    networks: ["resnet"],
  },
]);

export const cases: readonly Case[] = [...zennit, ...captum, ...cams, ...byHand];
