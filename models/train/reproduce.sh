#!/bin/sh
# Generates the scenes, trains, exports and checks the networks and writes the demo pictures.
# usage: sh models/train/reproduce.sh FOLDER   (from the repository root; FOLDER needs about 4 GB)
set -eu
folder=$1
python=${PYTHON:-python3}
npx tsc --build models
write="node models/dist/train/write-dataset.js"
$write --seed 1 --objects 1 --count 30000 --out "$folder/train"
$write --seed 1 --objects 2 --count 8000 --out "$folder/train-two"
$write --seed 1 --objects 3 --count 8000 --out "$folder/train-three"
$write --seed 2 --objects 1 --count 2000 --out "$folder/held-out"
$write --seed 3 --objects 2 --count 1000 --out "$folder/two"
$write --seed 3 --objects 3 --count 1000 --out "$folder/three"
PYTHONDONTWRITEBYTECODE=1 $python models/train/train.py --data "$folder" --work "$folder/work"
PYTHONDONTWRITEBYTECODE=1 $python models/train/train_places.py --data "$folder" --work "$folder/work"
PYTHONDONTWRITEBYTECODE=1 $python models/train/train_vit.py --data "$folder" --work "$folder/work"
npx biome check --write models/networks # lines up the tables of the cards
node models/dist/train/write-pictures.js
npx vitest run models/test
