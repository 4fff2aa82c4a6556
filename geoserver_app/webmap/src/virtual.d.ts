declare module "virtual:icons" {
  const sprite: string;
  export default sprite;
}
declare module "*.css";
