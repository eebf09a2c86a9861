"""Make digest/encoders/topics.npy anew: the vectors of the catalogue's topics, which every grouping needs.

python tools/topics.py

To be run when digest/stages/group/catalogue.py or the weights of MiniLM change; a test fails until it is.
"""

from __future__ import annotations

import numpy as np

from digest.encoders.minilm import TOPICS_FILE, MiniLM
from digest.stages.group.catalogue import TOPICS


def main() -> None:
    """Encode the topics and write them."""
    np.save(TOPICS_FILE, MiniLM(known={}).vectors(TOPICS).astype(np.float16))
    print(f"{len(TOPICS)} topics written to {TOPICS_FILE}")


if __name__ == "__main__":
    main()
