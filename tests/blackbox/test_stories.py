"""The stories of stories/*.txt on both databases; story.py says how to read them."""
import glob
import os

from harness import DATABASES, Store, TestCase
from story import Story, Wrong

HERE = os.path.dirname(os.path.abspath(__file__))


class Stories(TestCase):
    def test_a_story_can_fail(self):
        """A runner that takes everything proves nothing."""
        path = os.path.join(HERE, "stories", "pending_points.txt")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for right, wrong in [('"balance": 60,', '"balance": 61,'), ("404", "200"),
                             ('"data": []', '"data": [{…}]')]:
            self.assertIn(right, text)
            store = Store(self, "sqlite")
            broken = os.path.join(store.folder, "broken.txt")
            with open(broken, "w", encoding="utf-8") as out:
                out.write(text.replace(right, wrong, 1))
            with self.assertRaises(Wrong):
                Story(broken, store).run()


def add(path, kind):
    def test(self):
        store = Store(self, kind)
        Story(path, store).run()
        store.stop_and_verify()
    name = os.path.splitext(os.path.basename(path))[0]
    test.__doc__ = None
    setattr(Stories, f"test_{name}_{kind}", test)


for found in sorted(glob.glob(os.path.join(HERE, "stories", "*.txt"))):
    for database in DATABASES:
        add(found, database)
