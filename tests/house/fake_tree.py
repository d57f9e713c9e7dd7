"""Small trees with planted faults, for the tests of the checkers."""
import pathlib
import tempfile
import unittest


class FakeTree(unittest.TestCase):
    """Each test starts from a healthy tree and plants one fault in it."""

    healthy = {}

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.root = pathlib.Path(self._folder.name)
        for path, text in self.healthy.items():
            self.write(path, text)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def remove(self, path):
        (self.root / path).unlink()

    def one_fault(self, faults, *words):
        """Exactly one fault is found, and it names what was planted."""
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])
