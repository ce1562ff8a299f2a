// A time in the reader's own zone; the tooltip has it in full.
export default {
  template: `<time v-if="iso" :datetime="iso" :title="full">{{ short }}</time><span v-else>{{ none }}</span>`,
  props: { iso: String, none: String },
  computed: {
    date() {
      return new Date(this.iso);
    },
    short() {
      const today = this.date.toDateString() === new Date().toDateString();
      const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
      return this.date.toLocaleString([], today ? clock : { month: "short", day: "numeric", ...clock });
    },
    full() {
      return this.date.toLocaleString([], { dateStyle: "full", timeStyle: "full" });
    },
  },
};
