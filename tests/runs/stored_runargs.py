"""`runargs` as runs of each age have stored them: what the project has to read for ever."""
import json

#: What the first runs stored, in the order of the file.
FIRST = json.loads("""{
  "basenet": "mobilenet_v2", "extended_arch": "", "trainable_upsampling": false, "fcn16": true,
  "fcn8": false, "fcn4": false, "align": "centers", "depth_multiplier": 1.0, "weight_decay": 4e-05,
  "bn_decay": 0.99, "datapath": "data/camvid", "dataset_family": "", "num_classes": 0,
  "pixels": "256", "flip": true, "random_scale": "1,1.6", "threads": 0, "modelspath": "models",
  "from_scratch": false, "init_from": "", "freeze_fe": false, "batch_size": 8, "epochs": 30.0,
  "steps": 0, "learnrate": 0.001, "lr_schedule": "poly", "decaylr": false, "difflr": false,
  "momentum": 0.9, "adam_epsilon": 1e-08, "loss": "cross_entropy", "class_weights": "enet",
  "repeatable": true, "seed": 3, "seed_init": 3, "seed_order": 3, "seed_augment": 3,
  "eval_every": 100, "eval_fraction": 0.25, "keep_every": 3000, "log_every": 10, "name": "",
  "gpu": 0, "resume": ""}""")


def _with(stored, after, **added):
    """`stored` with flags that stand behind the flag `after`."""
    made = {}
    for name, value in stored.items():
        made[name] = value
        if name == after:
            made.update(added)
    return made


_KEPT = _with(FIRST, "keep_every", test_kept=0)
_PARTS = _with(_KEPT, "batch_size", accumulate=1, devices=1, processes=1, global_batch=8)
_ALL_BUT_PRECISION = _with(_PARTS, "threads", cache_mb=512)
#: {what is new: `runargs` of an age}; the last is of today.
AGES = {
    "first": FIRST, "test_kept": _KEPT, "parts": _PARTS,
    "cache_mb": _with(_KEPT, "threads", cache_mb=512), "parts, cache_mb": _ALL_BUT_PRECISION,
    "parts, precision": _with(_PARTS, "class_weights", precision="float32"),
    "all": _with(_ALL_BUT_PRECISION, "class_weights", precision="float32")}

#: What seg-mentor stored.
SEG_MENTOR = json.loads("""{
  "basenet": "mobilenet_v1", "extended_arch": "", "trainable_upsampling": false, "fcn16": true,
  "fcn8": false, "fcn4": false, "batch_size": 8, "epochs": 30, "learnrate": 0.0003, "momentum": 0.9,
  "difflr": false, "decaylr": true, "pixels": 256, "datapath": "/data/camvid", "num_classes": 2,
  "total_train_images": 376, "dataset_family": "camvid", "modelspath": "/data/models", "gpu": 0,
  "clabel2cname": {"0": "Sky", "1": "Road", "255": "unlabeled"},
  "od_class2color": {"Sky": [128, 128, 128], "Road": [128, 64, 128]}}""")
